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
      // A type that is part of the surface without being exported is shown in the report, where a reader decides.
      extractorMessageReporting: {
        default: { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
        'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
        'ae-undocumented': { logLevel: ExtractorLogLevel.None },
        'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
      },
      tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
    },
  },
})

const { apiReportChanged, errorCount } = Extractor.invoke(config, {
  localBuild: update,
  messageCallback: (message) => {
    message.handled = message.logLevel !== ExtractorLogLevel.Error
  },
})

const refused = apiReportChanged && !update
if (refused) {
  spawnSync('git', ['diff', '--no-index', `etc/${REPORT}`, `.build/api/${REPORT}`], { cwd: root, stdio: 'inherit' })
  console.error(`\nThe public surface is not what etc/${REPORT} says. If that is meant, run: npm run api`)
}
process.exitCode = refused || errorCount > 0 ? 1 : 0
