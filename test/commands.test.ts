import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { installedCommand, npmCommand, pythonCommand } from '../scripts/commands.ts'

const onWindows = { platform: 'win32', execPath: 'C:\\Program Files\\nodejs\\node.exe' } as const
const onLinux = { platform: 'linux', execPath: '/usr/bin/node' } as const

it('npm is the one that runs the program, run by Node itself', () => {
  const env = { npm_execpath: '/usr/lib/node_modules/npm/bin/npm-cli.js' }
  expect(npmCommand({ ...onLinux, env })).toEqual(['/usr/bin/node', env.npm_execpath])
})

it('npm on Windows is the program next to Node, since npm.cmd needs a shell', () => {
  const program = 'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js'
  expect(npmCommand({ ...onWindows, env: {} })).toEqual([onWindows.execPath, program])
})

it('npm is found by its name where another package manager runs the program', () => {
  expect(npmCommand({ ...onLinux, env: { npm_execpath: '/opt/pnpm.cjs' } })).toEqual(['npm'])
})

it('the command of an installed package starts without a shell', () => {
  const [node, ...args] = installedCommand('tsc')
  expect(execFileSync(node!, [...args, '--version'], { encoding: 'utf8' })).toMatch(/^Version \d/)
})

it('a command that no package has is an error with its name', () => {
  expect(() => installedCommand('no-such-command')).toThrow('no installed package has the command no-such-command')
})

it('Python is named python on Windows', () => {
  expect([pythonCommand('win32'), pythonCommand('darwin')]).toEqual(['python', 'python3'])
})
