/**
 * Calls what a program brought to observe. What the call throws, and what a promise that it returns rejects with, goes to `failed`.
 */
export function callObserver(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = call()
    if (isThenable(returned)) Promise.resolve(returned).catch(failed)
  } catch (error) {
    failed(error)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
