import { Stage } from '../test/scenarios/scenario.ts'
import { SCENARIOS } from '../test/scenarios/scenarios.ts'
import { useOwnStateFolder } from '../test/state-folder.ts'
import { readOptions, wholeNumber } from './command-line.ts'

const USAGE = `npm run scenarios -- [options]

Plays the thirty-six situations that a deployment must survive against the local
cluster, with faults on the wire, and prints what the user and the servers saw.

  --only 6,7    play only these
  --json        one JSON object as the last line of standard output
  --help        this text`

interface Outcome {
  id: number
  title: string
  passed: boolean
  detail: string
}

const config = { only: { type: 'string' }, json: { type: 'boolean', default: false } } as const
const { only, json } = readOptions(USAGE, config, (values) => ({
  only: values.only?.split(',').map((id) => wholeNumber('only', id, 1, SCENARIOS.length)),
  json: values.json,
}))

const outcomes: Outcome[] = []
process.on('exit', useOwnStateFolder())
for (const { id, title, run } of SCENARIOS) {
  if (only && !only.includes(id)) continue
  const outcome = await play(id, title, run)
  outcomes.push(outcome)
  if (!json) {
    console.log(`${outcome.passed ? '✓' : '✗'} ${String(id).padStart(2)}  ${title}\n        ${outcome.detail}`)
  }
}
const failed = outcomes.filter(({ passed }) => !passed).length
if (json) console.log(JSON.stringify({ scenarios: outcomes }))
else console.log(`\n${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function play(id: number, title: string, run: (stage: Stage) => Promise<string>): Promise<Outcome> {
  try {
    await using stage = new Stage()
    return { id, title, passed: true, detail: await run(stage) }
  } catch (error) {
    return { id, title, passed: false, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
