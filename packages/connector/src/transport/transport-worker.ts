/** The program of the thread that `transportThread` starts. */
import { parentPort } from 'node:worker_threads'
import { ChannelHost } from './channel-host.ts'

if (parentPort === null) throw new Error('this file is the program of a worker thread')
new ChannelHost(parentPort)
