/** The published version; a test keeps it equal to the package's. */
export const VERSION = '0.1.0'

const OWN_USER_AGENT = `e6data-connector-node/${VERSION}`

/** Returns this connector's name and version, preceded by the program's name if set. */
export function userAgentOf(program: string | undefined): string {
  return program === undefined ? OWN_USER_AGENT : `${program} ${OWN_USER_AGENT}`
}
