/** What an error of a socket or a session says, its code included: `fault-error.ts` finds the advice for it by that. */
export function errorReason(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
