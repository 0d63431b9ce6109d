import { moveUnderLoad, VARIANTS, type Variant } from '../test/proxies/moves.ts'
import { missingPrograms, PROXY_KINDS } from '../test/proxies/proxy-kinds.ts'
import { describeTally, isClean, type Tally } from '../test/proxies/tally.ts'
import { useOwnStateFolder } from '../test/state-folder.ts'
import { readOptions, UsageFault, wholeNumber } from './command-line.ts'

const USAGE = `npm run proxies -- [options]

Puts real proxies in front of the two engines of a local cluster, moves work from
one engine to the other by reloading their configuration under load, and judges
every result.

  --only nginx,haproxy     only these proxies (nginx, haproxy and nghttpx)
  --variant cut-off        only these ways to move (announced, draining and cut-off)
  --moves N                moves of each kind (20)
  --side-by-side N         proxies behind one balancer, moved 2 s apart (1)
  --json                   one JSON object as the last line of standard output
  --help                   this text`

interface Run {
  proxy: string
  variant: Variant
  moves: number
  sideBySide: number
  tally: Tally | { missing: string[] }
}

const config = {
  only: { type: 'string' },
  variant: { type: 'string' },
  moves: { type: 'string', default: '20' },
  'side-by-side': { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
} as const
const { kinds, variants, moves, sideBySide, json } = readOptions(USAGE, config, (values) => ({
  kinds: chosen('only', values.only, PROXY_KINDS, ({ name }) => name),
  variants: chosen('variant', values.variant, VARIANTS, (name) => name),
  moves: wholeNumber('moves', values.moves, 1, 1000),
  sideBySide: wholeNumber('side-by-side', values['side-by-side'], 1, 5),
  json: values.json,
}))

const runs: Run[] = []
process.on('exit', useOwnStateFolder())
for (const kind of kinds) {
  for (const variant of variants) {
    const missing = missingPrograms(kind)
    const tally = missing.length > 0 ? { missing } : await moveUnderLoad({ kind, variant, moves, proxies: sideBySide })
    runs.push({ proxy: kind.name, variant, moves, sideBySide, tally })
    if (!json) console.log(`${kind.name}, ${variant}: ${describe(tally)}`)
  }
}
if (json) console.log(JSON.stringify({ proxies: runs }))
process.exitCode = runs.every(({ variant, tally }) => 'queries' in tally && isClean(tally, variant === 'cut-off'))
  ? 0
  : 1

function describe(tally: Run['tally']): string {
  if ('missing' in tally) return `${tally.missing.join(' and ')} not installed, so nothing was tried`
  return [describeTally(tally), ...tally.failures].join('\n    ')
}

/** @throws UsageFault for a name that is not one of them */
function chosen<Item>(name: string, text: string | undefined, all: readonly Item[], nameOf: (item: Item) => string) {
  if (text === undefined) return all
  return text.split(',').map((wanted) => {
    const item = all.find((each) => nameOf(each) === wanted)
    if (item === undefined) throw new UsageFault(`--${name} takes ${all.map(nameOf).join(', ')}, not ${wanted}`)
    return item
  })
}
