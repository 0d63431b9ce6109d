/**
 * Every block of TypeScript and JavaScript on a page compiles under the settings of this repository, against the built
 * packages, as it would for their users. One program checks them all, each block as a module of its own.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { codeBlocksOf, moduleOf } from './blocks/code-blocks.ts'

// TypeScript writes paths with slashes on every system.
const root = fileURLToPath(new URL('..', import.meta.url)).replaceAll('\\', '/')
const givenPath = join(root, 'scripts/blocks/given.ts')

const PAGES = ['README.md', ':(glob)docs/*.md', ':(glob)packages/*/README.md']

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...PAGES], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((page) => existsSync(join(root, page)))

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.run.json'),
  { allowJs: true, checkJs: true },
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => fail([diagnostic]) },
)!

/** The modules by their place: next to their page, so that they find packages as a file there would. */
const modules = new Map(
  pages
    .flatMap((page) => codeBlocksOf(page, readFileSync(join(root, page), 'utf8')))
    .map((block) => {
      const path = join(root, `${block.page}.${block.line}.m${block.language}`)
      return [path, moduleOf(block, givenNames(), relative(dirname(path), givenPath).replace(/^(?!\.)/, './'))]
    }),
)

const host = ts.createCompilerHost(config.options)
const { readFile, fileExists } = host
host.readFile = (path) => modules.get(path) ?? readFile(path)
host.fileExists = (path) => modules.has(path) || fileExists(path)

const program = ts.createProgram([...modules.keys()], config.options, host)
fail(
  [...modules.keys()].flatMap((path) => {
    const source = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  }),
)
console.log(`${modules.size} blocks`)

function givenNames(): string[] {
  return [...readFileSync(givenPath, 'utf8').matchAll(/^export (?:declare const (\w+)|\{ ([^}]*) \})/gm)].flatMap(
    ([, name, list]) => (name === undefined ? list!.split(', ') : [name]),
  )
}

function fail(diagnostics: readonly ts.Diagnostic[]) {
  for (const { file, start, messageText } of diagnostics) {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
    const page = file === undefined ? 'tsconfig' : relative(root, file.fileName).replace(/\.\d+\.m[jt]s$/, '')
    console.error(`${page}:${line}: ${message}`)
  }
  if (diagnostics.length > 0) process.exitCode = 1
}
