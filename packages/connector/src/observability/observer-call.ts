/** Calls a program's observer. The exception of the call, or the rejection of its promise, goes to `failed`. */
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
