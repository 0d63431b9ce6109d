import { positiveNumber, readOptions, wholeNumber } from '../command-line.ts'

export interface MainJobOptions {
  readonly seconds: number
  readonly workers: number
  readonly data: string | undefined
  readonly json: boolean
  readonly stay: boolean
}

const USAGE = `npm start -- [options]

Starts a local blue-green cluster, runs queries on it while it switches between
blue and green, and checks every result against DuckDB.

  --seconds N   how long to run (20)
  --workers N   how many connections run queries at once (8)
  --data DIR    your own Parquet, CSV or JSON files, a table a file, in place of the built-in data
  --json        one JSON object as the last line of standard output
  --stay        keep the cluster up afterwards and print how to connect
  --help        this text`

/** What the user asked for; ends the program at a mistake. */
export function readCommandLine(): MainJobOptions {
  const config = {
    seconds: { type: 'string', default: '20' },
    workers: { type: 'string', default: '8' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    stay: { type: 'boolean', default: false },
  } as const
  return readOptions(USAGE, config, ({ seconds, workers, data, json, stay }) => ({
    seconds: positiveNumber('seconds', seconds, 86_400),
    workers: wholeNumber('workers', workers, 1, 1000),
    data,
    json,
    stay,
  }))
}
