import { parseArgs } from 'node:util'

export interface MainJobOptions {
  seconds: number
  workers: number
  data: string | undefined
  json: boolean
  stay: boolean
}

export const USAGE = `npm start -- [options]

Starts a local blue-green cluster, runs queries on it while it switches between
blue and green, and checks every result against DuckDB.

  --seconds N   how long to run (20)
  --workers N   how many connections run queries at once (8)
  --data DIR    your own Parquet, CSV or JSON files, a table a file, in place of the built-in data
  --json        one JSON object as the last line of standard output
  --stay        keep the cluster up afterwards and print how to connect
  --help        this text`

export class UsageFault extends Error {}

/** @throws UsageFault in words for the user */
export function readCommandLine(args: readonly string[]): MainJobOptions | 'help' {
  const { values } = parse(args)
  if (values.help) return 'help'
  return {
    seconds: positive('seconds', values.seconds, 86_400),
    workers: wholePositive('workers', values.workers, 1000),
    data: values.data,
    json: values.json ?? false,
    stay: values.stay ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '20' },
        workers: { type: 'string', default: '8' },
        data: { type: 'string' },
        json: { type: 'boolean' },
        stay: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (cause) {
    throw new UsageFault(cause instanceof Error ? cause.message : String(cause))
  }
}

function positive(name: string, text: string | undefined, most: number): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= most) return value
  throw new UsageFault(`--${name} takes a number above 0 and up to ${most}, not ${JSON.stringify(text)}`)
}

function wholePositive(name: string, text: string | undefined, most: number): number {
  const value = positive(name, text, most)
  if (Number.isInteger(value)) return value
  throw new UsageFault(`--${name} takes a whole number, not ${JSON.stringify(text)}`)
}
