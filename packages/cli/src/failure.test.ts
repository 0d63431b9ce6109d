import * as connector from 'e6data-connector'
import { expect, test } from 'vitest'
import { CommandError } from './command-error.ts'
import { describeFailure, failureBlock, failureLines } from './failure.ts'

const { ConnectError, OptionsError, QueryFailedError, QueryInterruptedError, ResultIncompleteError, TransportError } =
  connector

/** One error of each class that the connector exports. */
const errors = Object.values(connector).flatMap((value) => {
  const isError = typeof value === 'function' && value.prototype instanceof connector.E6dataError
  if (!isError) return []
  if (value === OptionsError) return [new OptionsError(['host is missing'])]
  if (value === QueryFailedError) return [new QueryFailedError('no such table', undefined)]
  if (value === QueryInterruptedError) return [new QueryInterruptedError('q', 'blue', 3)]
  if (value === ResultIncompleteError) return [new ResultIncompleteError(20, 10)]
  const Class = value as unknown as new (message: string) => connector.E6dataError
  return [new Class('it went wrong')]
})

test.each(errors.map((error) => [error.code, error] as const))(
  '%s is reported in one line, with its own exit status',
  (_, error) => {
    const failure = describeFailure(error)
    expect(failure.exit).not.toBe('internal')
    expect(failureLines({ ...failure, advice: undefined }, 'e6data query')).toMatch(/^e6data query: [^\n]+\n$/)
  },
)

test('covers every class of error', () => {
  expect(errors.length).toBeGreaterThan(18)
})

test("an engine's message is one line in a script, and keeps its layout on a terminal", () => {
  const failure = describeFailure(
    new QueryFailedError('Parser Error: near "x"\n\nLINE 1: SELECT x\n               ^', undefined),
  )
  expect(failureLines(failure, 'e6data query')).toBe('e6data query: Parser Error: near "x" | LINE 1: SELECT x\n')
  expect(failureLines(failure, 'e6data query', 'laid-out')).toBe(
    'e6data query: Parser Error: near "x"\nLINE 1: SELECT x\n               ^\n',
  )
  expect(failureBlock(failure)).toBe('error: Parser Error: near "x"\nLINE 1: SELECT x\n               ^')
})

test('control characters are shown as escapes', () => {
  const failure = describeFailure(new QueryFailedError('\u001b]0;owned\u0007', undefined))
  expect(failureLines(failure, 'e6data query')).toBe('e6data query: \\x1b]0;owned\\x07\n')
})

test('reports whether a statement may have been executed', () => {
  const lost = new TransportError('the connection was lost', { outcome: 'unknown', queryId: 'q' })
  expect(describeFailure(lost)).toMatchObject({ exit: 'incomplete', advice: expect.stringContaining('check before') })
  expect(describeFailure(new ConnectError('no way', { outcome: 'not-sent' }))).toMatchObject({ exit: 'unreachable' })
})

test('a bug of the command shows its stack trace', () => {
  const failure = describeFailure(new TypeError('x is not a function'))
  expect(failure).toMatchObject({ exit: 'internal', message: expect.stringContaining('failure.test.ts') })
  expect(describeFailure(new CommandError('x', 'local'))).toMatchObject({ exit: 'local', message: 'x' })
})
