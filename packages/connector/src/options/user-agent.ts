/** The published version; a test keeps it equal to that of the package. */
export const VERSION = '0.1.0'

const OWN_USER_AGENT = `e6data-connector-node/${VERSION}`

/** This connector's own name and version, behind the program's where it gives one. */
export function userAgentOf(program: string | undefined): string {
  return program === undefined ? OWN_USER_AGENT : `${program} ${OWN_USER_AGENT}`
}
