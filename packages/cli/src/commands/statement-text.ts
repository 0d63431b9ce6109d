import { readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { CommandError } from '../command-error.ts'
import type { Invocation } from '../invocation.ts'
import { splitStatements } from '../shell/statement-splitter.ts'

/**
 * Returns the one statement of a call: from its argument, a file, or standard input.
 * @throws CommandError when there is none, or more than one
 */
export async function statementText({ given, environment, interruption }: Invocation): Promise<string> {
  const argument = given.text('SQL')
  const file = given.text('file')
  if (argument !== undefined && file !== undefined)
    throw new CommandError('the statement is given twice, as an argument and with --file')
  if (file !== undefined && file !== '-') return onlyStatement(readFileSync(file, 'utf8'), file)
  if (argument !== undefined && argument !== '-') return onlyStatement(argument, 'the argument')
  const isAskedFor = argument === '-' || file === '-'
  if (environment.stdin.isTTY && !isAskedFor) {
    throw new CommandError('no statement: give it as an argument, with --file, or on standard input')
  }
  return onlyStatement(await interruption.race(readAll(environment.stdin)), 'standard input')
}

function onlyStatement(text: string, place: string): string {
  const statements = splitStatements(text.replace(/^\ufeff/, ''))
  if (statements.length === 1) return statements[0]!
  if (statements.length === 0) throw new CommandError(`${place} has no statement`)
  throw new CommandError(
    `${place} has ${statements.length} statements, and query runs one: use \`e6data shell -f FILE\` for several`,
  )
}
