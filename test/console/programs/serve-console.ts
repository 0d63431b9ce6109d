import { startConsole } from 'e6data-local-cluster/console'

const { url } = await startConsole({
  editor: { catalog: 'local', database: 'retail', connect: () => Promise.reject(new Error('not in this test')) },
})
process.stdout.write(`${url}\n`)
