/**
 * Compares the public surface of the connector, as built, with its reviewed report in `etc/`; with `--update` writes the
 * report anew (`npm run api`).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('..', import.meta.url))
const update = process.argv.includes('--update')
const REPORT = 'connector.api.md'

mkdirSync(`${root}.build/api`, { recursive: true })
const config = ExtractorConfig.prepare({
  packageJsonFullPath: `${root}packages/connector/package.json`,
  configObjectFullPath: undefined,
  configObject: {
    projectFolder: `${root}packages/connector`,
    mainEntryPointFilePath: '<projectFolder>/dist/index.d.ts',
    compiler: { tsconfigFilePath: `${root}tsconfig.run.json` },
    apiReport: {
      enabled: true,
      reportFileName: REPORT,
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

const unnamed = new Set<string>()
const { apiReportChanged, errorCount } = Extractor.invoke(config, {
  localBuild: update,
  messageCallback: (message) => {
    if (message.messageId === 'ae-forgotten-export') unnamed.add(/"(.+?)"/.exec(message.text)?.[1] ?? message.text)
    message.handled = message.logLevel !== ExtractorLogLevel.Error
  },
})

const ours = [...unnamed].filter((name) => !name.endsWith('Schema')).sort() // generated messages belong to /wire
if (update && ours.length > 0) console.log(`mentioned and not exported: ${ours.join(', ')}`)

const refused = apiReportChanged && !update
if (refused) {
  spawnSync('git', ['diff', '--no-index', `etc/${REPORT}`, `.build/api/${REPORT}`], { cwd: root, stdio: 'inherit' })
  console.error(`\nThe public surface is not what etc/${REPORT} says. If that is meant, run: npm run api`)
}
process.exitCode = refused || errorCount > 0 ? 1 : 0
