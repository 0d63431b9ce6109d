import { play, type Scenario } from '../test/scenarios/scenario.ts'
import { SCENARIOS } from '../test/scenarios/scenarios.ts'
import { useOwnStateFolder } from '../test/state-folder.ts'
import { readOptions, wholeNumber } from './command-line.ts'

const USAGE = `npm run scenarios -- [options]

Plays the situations that a deployment must survive, against the local cluster
with faults on the wire and, from 37 on, against a server written apart from the
project. Prints what the user and the servers saw; if one fails, the server's log.

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
  only: values.only?.split(',').map((id) => wholeNumber('only', id, 1, SCENARIOS.at(-1)!.id)),
  json: values.json,
}))

process.on('exit', useOwnStateFolder())
const chosen = SCENARIOS.filter(({ id }) => !only || only.includes(id))
const outcomes = await Promise.all(chosen.filter(({ mostlyWaits }) => mostlyWaits).map(outcomeOf))
for (const scenario of chosen.filter(({ mostlyWaits }) => !mostlyWaits)) outcomes.push(await outcomeOf(scenario))
outcomes.sort((one, other) => one.id - other.id)
for (const { id, title, passed, detail } of json ? [] : outcomes)
  console.log(`${passed ? '✓' : '✗'} ${String(id).padStart(2)}  ${title}\n        ${detail}`)
const failed = outcomes.filter(({ passed }) => !passed).length
if (json) console.log(JSON.stringify({ scenarios: outcomes }))
else console.log(`\n${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function outcomeOf(scenario: Scenario): Promise<Outcome> {
  const { id, title } = scenario
  try {
    return { id, title, passed: true, detail: await play(scenario) }
  } catch (error) {
    return { id, title, passed: false, detail: error instanceof Error ? error.message : String(error) }
  }
}
