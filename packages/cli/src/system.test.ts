import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { editorCommand } from './shell/editor.ts'
import { pagerCommand } from './shell/pager.ts'
import { systemOf } from './system.ts'
import { temporaryHome } from './testing/temporary-home.ts'

test('the file to edit reaches the editor through the shell of each system', () => {
  const env = { EDITOR: 'code --wait' }
  expect(editorCommand(env, 'darwin')).toBe('code --wait "$E6DATA_EDITED"')
  expect(editorCommand(env, 'win32')).toBe('code --wait "%E6DATA_EDITED%"')
})

test('without VISUAL and EDITOR the editor is one that the system has', () => {
  expect(editorCommand({}, 'linux')).toBe('vi "$E6DATA_EDITED"')
  expect(editorCommand({}, 'win32')).toBe('notepad "%E6DATA_EDITED%"')
})

test('the pager is found by the name that its file has on each system', () => {
  using home = temporaryHome()
  const [windows, unix] = [join(home.folder, 'more.com'), join(home.folder, 'less')]
  for (const path of [windows, unix]) {
    writeFileSync(path, '')
    chmodSync(path, 0o755)
  }
  const env = { PATH: ['/nowhere', home.folder].join(delimiter) }
  expect(pagerCommand(env, 'win32')).toBe('more')
  expect(pagerCommand(env, 'linux')).toBe('less')
})

test('a process that does not end is ended by the command of each system', () => {
  expect(systemOf('linux').endProcess(7)).toBe('kill -9 7')
  expect(systemOf('win32').endProcess(7)).toBe('taskkill /F /PID 7')
})
