// What the script needs beside the client: the world it is given, and checks that are counted.

import { isDeepStrictEqual } from "node:util";

/** A value of the world that the test has made, from the environment. */
export const given = (name) => {
  const value = process.env[`KEYFERRY_CLIENTS_${name}`];
  if (value === undefined) throw new Error(`KEYFERRY_CLIENTS_${name} is not set`);
  return value;
};

let count = 0;

export const equal = (actual, expected, what) => {
  count += 1;
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
};

/** The error with this name that the call ends in. */
export const fails = async (name, call, what) => {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    equal(error.name, name, `${what}: ${error.message}`);
    return error;
  }
  throw new Error(`${what}: expected ${name}, got ${JSON.stringify(answer)}`);
};

export const done = () => console.log(`checks: ${count}`);
