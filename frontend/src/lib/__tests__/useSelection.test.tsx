import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";

import { useSelection } from "../useSelection";

function open(first: string[], most = 500) {
  return renderHook(({ visible }) => useSelection(visible, most), { initialProps: { visible: first } });
}

test("rows stay chosen on other pages", () => {
  const { result, rerender } = open(["a", "b"]);
  act(() => result.current.toggleAll());
  expect(result.current.all).toBe(true);
  rerender({ visible: ["c", "d"] });
  expect(result.current.all).toBe(false);
  act(() => result.current.toggle("c"));
  expect(result.current.ids).toEqual(["a", "b", "c"]);
  expect(result.current.elsewhere).toBe(2);
  expect(result.current.some).toBe(true);
  act(() => result.current.toggle("c"));
  expect(result.current.count).toBe(2);
  act(() => result.current.clear());
  expect(result.current.count).toBe(0);
});

test("with the shift key everything between two rows is chosen, in both directions", () => {
  const { result } = open(["a", "b", "c", "d", "e"]);
  act(() => result.current.toggle("d"));
  act(() => result.current.toggle("b", true));
  expect(result.current.ids.sort()).toEqual(["b", "c", "d"]);
});

test("no more are chosen than may be, and a full page is given up by one press", () => {
  const { result } = open(["a", "b", "c"], 2);
  act(() => result.current.toggleAll());
  expect(result.current.ids).toEqual(["a", "b"]);
  expect(result.current.isFull).toBe(true);
  const all = open(["a", "b"]);
  act(() => all.result.current.toggleAll());
  act(() => all.result.current.toggleAll());
  expect(all.result.current.count).toBe(0);
});
