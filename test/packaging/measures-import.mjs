/** What importing the connector evaluates: files, bytes of their source, and calls of the functions in them. */
import { Session } from 'node:inspector/promises'

const session = new Session()
session.connect()
const sizes = new Map()
session.on('Debugger.scriptParsed', ({ params }) => sizes.set(params.url, params.length))
await session.post('Debugger.enable')
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

await import('e6data-connector')

const { result } = await session.post('Profiler.takePreciseCoverage')
const evaluated = result.filter(({ url }) => url.includes('/node_modules/'))
console.log(
  JSON.stringify({
    files: evaluated.length,
    bytes: evaluated.reduce((sum, { url }) => sum + sizes.get(url), 0),
    calls: evaluated.flatMap(({ functions }) => functions).reduce((sum, { ranges }) => sum + ranges[0].count, 0),
  }),
)
