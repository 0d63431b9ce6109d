import { parseArgs } from 'node:util'
import { Stage } from '../test/scenarios/scenario.ts'
import { SCENARIOS } from '../test/scenarios/scenarios.ts'
import { useOwnStateFolder } from '../test/state-folder.ts'

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

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const wanted = values.only?.split(',').map(Number)
const unknown = wanted?.filter((id) => !SCENARIOS.some((scenario) => scenario.id === id))
if (unknown && unknown.length > 0) {
  console.error(`there is no situation ${unknown.join(', ')}: they are numbered 1 to ${SCENARIOS.length}`)
  process.exit(2)
}

const outcomes: Outcome[] = []
process.on('exit', useOwnStateFolder())
for (const { id, title, run } of SCENARIOS) {
  if (wanted && !wanted.includes(id)) continue
  const outcome = await play(id, title, run)
  outcomes.push(outcome)
  if (!values.json) {
    console.log(`${outcome.passed ? '✓' : '✗'} ${String(id).padStart(2)}  ${title}\n        ${outcome.detail}`)
  }
}
const failed = outcomes.filter(({ passed }) => !passed).length
if (values.json) console.log(JSON.stringify({ scenarios: outcomes }))
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
