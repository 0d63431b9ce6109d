import type { Interface } from 'node:readline'
import type { KeyInput } from './key-input.ts'

/** The keyboard and the screen. A script has neither. */
export interface ShellTerminal {
  /** Hands keyboard and screen to another program, such as a pager. Returns a function that takes them back. */
  lend(): () => void
}

export const NO_TERMINAL: ShellTerminal = { lend: () => () => undefined }

/** Puts the terminal in raw mode, which readline needs and other programs do not expect. */
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
