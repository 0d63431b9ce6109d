import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { runCommand } from './testing/run-command.ts'

test.each([
  [['qurey'], "e6data: unknown command 'qurey' (Did you mean query?); see --help"],
  [['local', 'foo'], "e6data local: unknown command 'foo'; see --help"],
  [['help', 'local', 'foo'], 'e6data: there is no command "local foo"; `e6data --help` shows them'],
  [['query', '--fromat', 'csv'], "e6data query: unknown option '--fromat' (Did you mean --format?); see --help"],
  [['query', '--format'], "e6data query: option '-F, --format <value>' argument missing; see --help"],
  [['query', '--format', 'xml', 'SELECT 1'], 'e6data query: --format of query takes one of table, '],
  [['query', '--timeout', '-1', 'SELECT 1'], 'e6data query: --timeout of query takes a duration such as '],
  [
    ['query', '--port', '99999', 'SELECT 1'],
    'e6data query: --port of query takes a whole number, 1 to 65535, not "99999"',
  ],
  [['query', '--password', 'hush', 'SELECT 1'], 'e6data query: a token on the command line is seen by every user'],
  [['query', '--password=hush', 'SELECT 1'], 'e6data query: a token on the command line is seen by every user'],
  [['query', '--explain', '--explain-analyze', 'SELECT 1'], 'e6data query: --explain runs nothing and'],
  [['columns'], "e6data columns: missing required argument 'TABLE'; see --help"],
  [['completion', 'tcsh'], 'e6data completion: SHELL of completion is one of bash, zsh, fish, not "tcsh"'],
  [['man', 'nope'], 'e6data man: there is no command "nope"'],
])('%j fails with one line and exit status 2', async (words, message) => {
  const { exit, stdout, stderr } = await runCommand(words)
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
  expect(stderr).toMatch(/^[^\n]+\n$/)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('hush')
})

test('missing settings are listed one per line, with exit status 2', async () => {
  const { exit, stdout, stderr } = await runCommand(['query', 'SELECT 1'])
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
  const [first, ...missing] = stderr.trimEnd().split('\n')
  expect(first).toBe('e6data query: 3 settings are missing or wrong:')
  expect(missing.map((line) => line.split(':')[0])).toEqual(['  no host', '  no username', '  no token'])
})

test('shows the help without a command', async () => {
  const help = await runCommand(['--help'])
  expect(help.exit).toBe(0)
  expect(await runCommand([])).toEqual(help)
  expect(await runCommand(['help'])).toEqual(help)
})

test('--version prints the version of the package', async () => {
  expect(await runCommand(['--version'])).toEqual({ exit: 0, stdout: `${manifest.version}\n`, stderr: '' })
})

test('a statement that starts with a comment is not an option', async () => {
  const { stderr } = await runCommand(['query', '-F', 'csv', '-- a comment\nSELECT 1'])
  expect(stderr).toContain('no host')
})
