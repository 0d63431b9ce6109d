import { openHostStrategy } from '../connection/shared-strategy.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { strategyJson } from '../output/strategy-picture.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const { manager, place } = openHostStrategy(invocation)
  const { stdout } = invocation.environment
  try {
    manager.clearStrategyCache()
    const seen = manager.inspect()
    stdout.write(
      invocation.given.has('json')
        ? `${JSON.stringify(strategyJson(place, seen))}\n`
        : `forgotten; epoch ${seen.epoch}\n`,
    )
    return 'ok'
  } finally {
    manager.close()
  }
}
