import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// What is loaded when it is needed takes a moment on a busy machine.
configure({ asyncUtilTimeout: 10_000 });

// jsdom lays nothing out, so nothing changes its size.
if (typeof window !== "undefined") {
  window.ResizeObserver = class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  };
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  if (typeof sessionStorage !== "undefined") sessionStorage.clear();
});
