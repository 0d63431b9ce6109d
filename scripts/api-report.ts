/**
 * Compares the public surface of the libraries' entry points, as built, with their reviewed reports in `etc/`; with `--update` writes
 * the reports anew (`npm run api`). Fails also when a public signature mentions a type that no entry point exports.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('..', import.meta.url))
const update = process.argv.includes('--update')

/** Each entry point, with its report. The tools' entry point may mention what only the main one exports. */
const ENTRIES = [
  { folder: 'connector', entry: 'index.d.ts', report: 'connector.api.md', mayMention: 'generated' },
  { folder: 'connector', entry: 'wire.d.ts', report: 'wire.api.md', mayMention: 'all' },
  { folder: 'redis-store', entry: 'index.d.ts', report: 'redis-store.api.md', mayMention: 'generated' },
] as const

mkdirSync(`${root}.build/api`, { recursive: true })

function configOf({ folder, entry, report }: (typeof ENTRIES)[number]): ExtractorConfig {
  return ExtractorConfig.prepare({
    packageJsonFullPath: `${root}packages/${folder}/package.json`,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: `${root}packages/${folder}`,
      newlineKind: 'lf',
      mainEntryPointFilePath: `<projectFolder>/dist/${entry}`,
      compiler: { tsconfigFilePath: `${root}tsconfig.run.json` },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: `${root}etc`,
        reportTempFolder: `${root}.build/api`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: false },
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
          'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
}

/** The descriptions of messages: `engineMethods` mentions them, and `e6data-connector/wire` exports them. */
const generated = new Set(
  readdirSync(`${root}packages/connector/src/gen`).flatMap((file) =>
    [
      ...readFileSync(`${root}packages/connector/src/gen/${file}`, 'utf8').matchAll(
        /^export (?:const|type|enum) (\w+)/gm,
      ),
    ].map(([, name]) => name),
  ),
)

/** Compares one entry point with its report. Returns whether all is well. */
function check(target: (typeof ENTRIES)[number]): boolean {
  const unnamed = new Set<string>()
  const { apiReportChanged, errorCount } = Extractor.invoke(configOf(target), {
    localBuild: update,
    messageCallback: (message) => {
      if (message.messageId === 'ae-forgotten-export') unnamed.add(/"(.+?)"/.exec(message.text)?.[1] ?? message.text)
      message.handled = message.logLevel !== ExtractorLogLevel.Error
    },
  })
  const ours = target.mayMention === 'all' ? [] : [...unnamed].filter((name) => !generated.has(name)).sort()
  if (ours.length > 0) {
    console.error(`Public signatures of ${target.folder} mention what it does not export: ${ours.join(', ')}`)
    console.error('Export each with a doc comment, or keep it out: what is marked @internal is in no published type.')
  }
  const refused = apiReportChanged && !update
  if (refused) {
    const { report } = target
    spawnSync('git', ['diff', '--no-index', `etc/${report}`, `.build/api/${report}`], { cwd: root, stdio: 'inherit' })
    console.error(`\nThe public surface is not what etc/${report} says. If that is meant, run: npm run api`)
  }
  return !refused && ours.length === 0 && errorCount === 0
}

process.exitCode = ENTRIES.map(check).every(Boolean) ? 0 : 1
