import type { Interface } from 'node:readline'
import type { KeyInput } from './key-input.ts'

/** Who has the keyboard and the screen. A script has neither. */
export interface ShellTerminal {
  /** Gives keyboard and screen to another program, such as a pager. Returns how to take them back. */
  lend(): () => void
}

export const NO_TERMINAL: ShellTerminal = { lend: () => () => undefined }

/** The terminal as readline has it: it reads keys one by one, which no other program expects. */
export function readlineTerminal(line: Interface, keys: KeyInput): ShellTerminal {
  return {
    lend: () => {
      line.pause()
      const takeBack = keys.lend()
      return () => {
        takeBack()
        line.resume()
      }
    },
  }
}
