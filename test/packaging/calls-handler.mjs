import { pathToFileURL } from 'node:url'

/** What a serverless platform does with the one file that it was given. */
const [, , bundle, url] = process.argv
const { handler } = await import(pathToFileURL(bundle))
console.log(await handler({ url }))
