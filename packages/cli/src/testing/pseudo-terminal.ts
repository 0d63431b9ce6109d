/** The arguments of `script` by the family that it is of; all run `line` in a shell and keep no record. */
const SCRIPT_OF = {
  // -f writes at once, -e ends with the status of the command.
  utilLinux: (line: string) => ['-qfec', line, '/dev/null'],
  // Ends with the status of the command without being asked.
  bsd: (line: string) => ['-q', '/dev/null', '/bin/sh', '-c', line],
} as const

const FAMILIES: Partial<Record<NodeJS.Platform, keyof typeof SCRIPT_OF>> = {
  linux: 'utilLinux',
  darwin: 'bsd',
  freebsd: 'bsd',
}

/**
 * The command line that runs a line of `sh` in a pseudo-terminal, as `script(1)` makes it.
 * @throws Error on systems whose `script` is not known, or that have none
 */
export function inPseudoTerminal(line: string, platform = process.platform): readonly [string, ...string[]] {
  const family = FAMILIES[platform]
  if (family === undefined) throw new Error(`no pseudo-terminal is known for ${platform}: these tests need script(1)`)
  return ['script', ...SCRIPT_OF[family](line)]
}
