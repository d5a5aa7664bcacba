/** State of this process: Next bundles each route for itself, so a module's own variables would exist several times. */
import "server-only";

const store = globalThis as unknown as Record<symbol, unknown>;

export function processWide<T>(name: string, make: () => T): T {
  const key = Symbol.for(`delight.${name}`);
  store[key] ??= make();
  return store[key] as T;
}
