//! Tags (core API contract, section 8.5).

use keyferry_domain::tags;
use keyferry_test_support::on_each_backend;
use uuid::Uuid;

use super::{events, plain, refusal};

#[tokio::test]
async fn tags_live_and_are_refused_in_the_contracts_words() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let first = tags::create(app, admin, id, "zebra", Some(String::new())).await.unwrap();
        assert_eq!((first.color.as_deref(), first.actor_id), (Some(""), admin.actor.id()));
        world.clock.advance_ms(1);
        tags::create(app, admin, id, "ant", None).await.unwrap();
        let slugs: Vec<_> = tags::list(app, admin, id).await.unwrap().into_iter().map(|tag| tag.slug).collect();
        assert_eq!(slugs, ["zebra", "ant"], "oldest first");
        assert_eq!(tags::get_by_slug(app, admin, id, "zebra").await.unwrap(), first);

        let taken = plain(400, "Tag already exist");
        assert_eq!(refusal(tags::create(app, admin, id, "ant", None).await), taken);
        assert_eq!(refusal(tags::update(app, admin, id, first.id, Some("ant".into()), None).await), taken);
        let changed = tags::update(app, admin, id, first.id, Some("yak".into()), Some("#fff".into())).await.unwrap();
        assert_eq!((changed.slug.as_str(), changed.color.as_deref()), ("yak", Some("#fff")));
        assert_eq!(tags::get(app, admin, id, first.id).await.unwrap(), changed);

        let missing = plain(404, "Tag doesn't exist");
        let unknown = Uuid::from_u128(7);
        assert_eq!(refusal(tags::get(app, admin, id, unknown).await), missing);
        assert_eq!(refusal(tags::get_by_slug(app, admin, id, "nope").await), missing);
        assert_eq!(refusal(tags::delete(app, admin, id, unknown).await), missing);
        let other = world.project("other").await.unwrap();
        assert_eq!(refusal(tags::delete(app, admin, other, first.id).await), missing);
        for bad in ["", "A", "a b", &"x".repeat(65)] {
            assert_eq!(refusal(tags::create(app, admin, id, bad, None).await).0, 422, "{bad}");
        }

        let viewer = world.user(world.org_id, "viewer@example.com", "member").await.unwrap();
        world.grant(id, &viewer, "viewer").await.unwrap();
        assert_eq!(
            refusal(tags::create(app, &viewer, id, "new", None).await),
            plain(403, "You are not allowed to create on tags")
        );
        tags::delete(app, admin, id, first.id).await.unwrap();
        assert_eq!(tags::list(app, &viewer, id).await.unwrap().len(), 1);
        assert_eq!(events(&world, id).await, ["create-tag", "create-tag", "update-tag", "delete-tag"]);
    })
    .await;
}
