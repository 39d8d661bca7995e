//! Additional privileges and machine identities in groups, where they meet the rules' storage.

use keyferry_db::project_memberships::Member;
use keyferry_domain::access::{self, Facts, Rule};
use keyferry_domain::additional_privileges::{self, CreatePrivilege, Holder, Target};
use keyferry_domain::groups::{self, CreateGroup};
use keyferry_domain::memberships::{self, GrantInput, Temporary};
use keyferry_domain::{Caller, identities, projects};
use keyferry_test_support::{World, on_each_backend};
use uuid::Uuid;

fn read_value() -> Vec<Rule> {
    vec![Rule::allow("secrets", &["readValue"])]
}

async fn may(world: &World, who: &Caller, project_id: Uuid, action: &str) -> bool {
    let ability = access::project_ability(&world.app, world.app.db.read(), who, project_id).await;
    ability.is_ok_and(|(_, ability)| ability.allows(action, "secrets", Facts::at("dev", "/")))
}

#[tokio::test]
async fn a_privilege_lasts_as_long_as_it_says_and_goes_with_its_member() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let project_id = world.project("shop").await.unwrap();
        let robot = world.identity(world.org_id, "robot", "no-access").await.unwrap();
        let identity_id = robot.actor.id().unwrap();
        let target = Target::Identity { project_id, identity_id };
        let input = |slug: &str, temporary| CreatePrivilege { slug: Some(slug.to_owned()), permissions: read_value(), temporary };
        let early = additional_privileges::create(app, admin, target, input("early", None)).await;
        assert!(early.is_err(), "only a member has privileges");
        world.grant(project_id, &robot, "no-access").await.unwrap();
        let hour = Some(Temporary { range: "1h".to_owned(), start_at_ms: app.now_ms() });
        let made = additional_privileges::create(app, admin, target, input("an-hour", hour)).await.unwrap();
        assert_eq!(made.row.temporary_end_at_ms, Some(app.now_ms() + 3_600_000));
        assert!(may(&world, &robot, project_id, "readValue").await && !may(&world, &robot, project_id, "edit").await);
        let listed = projects::list(app, &robot, None, true).await.unwrap();
        assert_eq!(listed[0].roles, ["no-access"], "a privilege is no role");
        world.clock.advance_ms(3_600_000);
        assert!(!may(&world, &robot, project_id, "readValue").await);
        let forever = additional_privileges::create(app, admin, target, input("forever", None)).await.unwrap();
        assert!(additional_privileges::create(app, admin, target, input("forever", None)).await.is_err(), "slugs are unique");
        assert!(may(&world, &robot, project_id, "readValue").await);
        let viewer = vec![GrantInput::permanent("viewer")];
        memberships::update_identity_roles(app, admin, project_id, identity_id, viewer).await.unwrap();
        assert_eq!(additional_privileges::list(app, admin, target).await.unwrap().len(), 2, "new roles leave privileges alone");
        memberships::remove_identity(app, admin, project_id, identity_id).await.unwrap();
        assert!(additional_privileges::get(app, admin, Holder::Identity, forever.row.id).await.is_err());
        world.grant(project_id, &robot, "no-access").await.unwrap();
        assert!(additional_privileges::list(app, admin, target).await.unwrap().is_empty(), "who comes back starts anew");
    })
    .await;
}

#[tokio::test]
async fn a_prohibition_of_ones_own_outweighs_what_groups_give() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let project_id = world.project("shop").await.unwrap();
        let robot = world.identity(world.org_id, "robot", "no-access").await.unwrap();
        let identity_id = robot.actor.id().unwrap();
        let input = CreateGroup { name: "readers".to_owned(), slug: "readers".to_owned(), role: "no-access".to_owned() };
        let group = groups::create(app, admin, input).await.unwrap().group;
        groups::add_to_project(app, admin, project_id, "readers", vec![GrantInput::permanent("viewer")]).await.unwrap();
        groups::add_identity(app, admin, group.id, identity_id).await.unwrap();
        assert!(may(&world, &robot, project_id, "readValue").await, "by the group alone");
        let own = keyferry_db::project_memberships::find(app.db.read(), project_id, Member::Identity(identity_id)).await;
        assert!(own.unwrap().is_none());
        world.grant(project_id, &robot, "member").await.unwrap();
        let ban = Rule { inverted: true, ..Rule::allow("secrets", &["readValue"]) };
        let target = Target::Identity { project_id, identity_id };
        let input = CreatePrivilege { slug: None, permissions: vec![ban], temporary: None };
        additional_privileges::create(app, admin, target, input).await.unwrap();
        assert!(!may(&world, &robot, project_id, "readValue").await && may(&world, &robot, project_id, "edit").await);
        assert_eq!(groups::count_members(app, admin).await.unwrap()[&group.id], (0, 1));
        identities::delete(app, admin, identity_id).await.unwrap();
        assert!(groups::count_members(app, admin).await.unwrap().is_empty(), "a deleted identity is in no group");
    })
    .await;
}
