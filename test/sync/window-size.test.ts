import { expect, test } from "vitest";
import { WindowSize } from "../../src/sync/window-size.ts";

test("a window grows to what a fast target takes in two seconds, twofold at a time and to 512 at most", () => {
  const size = new WindowSize(64);
  const sizes = Array.from({ length: 5 }, () => {
    const { rows } = size;
    size.took(rows, rows * 2);
    return rows;
  });
  expect(sizes).toEqual([64, 128, 256, 512, 512]);
});

test("a slow target gets no more at once than at the beginning", () => {
  const size = new WindowSize(64);
  size.took(64, 100);
  size.took(128, 60_000);
  expect(size.rows).toBe(64);
});

test("a window in between holds two seconds of calls", () => {
  const size = new WindowSize(64);
  size.took(64, 640);
  size.took(128, 1280);
  expect(size.rows).toBe(200);
});

test("what sent nothing, and a clock that was set back, change nothing", () => {
  const size = new WindowSize(64);
  size.took(64, 100);
  size.took(0, 0);
  size.took(128, -5);
  expect(size.rows).toBe(128);
});

test("where more calls at once are begun with, as many are sent together", () => {
  const size = new WindowSize(800);
  size.took(800, 10);
  expect(size.rows).toBe(800);
});
