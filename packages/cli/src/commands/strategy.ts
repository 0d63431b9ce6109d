import { type HostStrategy, openHostStrategy } from '../connection/shared-strategy.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { strategyJson, strategyPicture } from '../output/strategy-picture.ts'
import { styleFor } from '../style.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const strategy = openHostStrategy(invocation)
  try {
    if (!invocation.given.has('watch')) show(strategy, invocation)
    else {
      const { watchStrategy } = await import('./strategy-watch.ts')
      await watchStrategy(strategy, invocation)
    }
    return 'ok'
  } finally {
    strategy.manager.close()
  }
}

function show({ manager, place }: HostStrategy, { given, environment, noColor }: Invocation): void {
  const { stdout, env } = environment
  const seen = manager.inspect()
  const text = given.has('json')
    ? JSON.stringify(strategyJson(place, seen))
    : strategyPicture(place, seen, styleFor(stdout, env, { noColor })).join('\n')
  stdout.write(`${text}\n`)
}
