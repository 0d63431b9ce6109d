import { expect, test } from 'vitest'
import { inPseudoTerminal } from './pseudo-terminal.ts'

test('script of util-linux takes the line as an option, and the record last', () => {
  expect(inPseudoTerminal('e6data shell', 'linux')).toEqual(['script', '-qfec', 'e6data shell', '/dev/null'])
})

test('script of the BSDs takes the record first, and then the words of a command', () => {
  const words = ['script', '-q', '/dev/null', '/bin/sh', '-c', 'e6data shell']
  expect(inPseudoTerminal('e6data shell', 'darwin')).toEqual(words)
  expect(inPseudoTerminal('e6data shell', 'freebsd')).toEqual(words)
})

test('a system without script is named in an error', () => {
  expect(() => inPseudoTerminal('e6data shell', 'win32')).toThrow('no pseudo-terminal is known for win32')
})
