import { X509Certificate } from 'node:crypto'
import { credentials } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'
import { selfSignedCertificate } from './self-signed-certificate.ts'

const trusting = (authority: string) => credentials.createSsl(Buffer.from(authority))

test('a certificate contains its hosts, and is its own authority', () => {
  const certificate = new X509Certificate(selfSignedCertificate(['127.0.0.1', 'example.test']).cert)
  expect(certificate.checkHost('example.test')).toBe('example.test')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.checkHost('localhost')).toBeUndefined()
  expect(certificate.ca).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
})

test('a cluster with a certificate serves only clients that trust it', async () => {
  const tls = selfSignedCertificate()
  await using cluster = await startCluster({ mode: 'in-process', rows: 10, adminPort: false, tls })
  expect(cluster.url).toContain('secure=true')
  using client = new RawClient(cluster, trusting(tls.cert))
  expect(await client.query('SELECT count(*) AS rows FROM orders')).toEqual([{ rows: 10n }])
  using plain = new RawClient(cluster)
  await expect(plain.login()).rejects.toMatchObject({ code: 14 })
  using distrustful = new RawClient(cluster, trusting(selfSignedCertificate().cert))
  await expect(distrustful.login()).rejects.toMatchObject({ code: 14 })
})

test('the certificate can be changed while the cluster runs, for new connections', async () => {
  const [before, after] = [selfSignedCertificate(), selfSignedCertificate()]
  await using cluster = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, tls: before })
  using client = new RawClient(cluster, trusting(before.cert))
  await client.login()
  cluster.useCertificate(after)
  await expect(client.login()).resolves.not.toBe('')
  cluster.dropConnections()
  await expect(client.login()).rejects.toMatchObject({ code: 14 })
  using trustful = new RawClient(cluster, trusting(after.cert))
  await expect(trustful.login()).resolves.not.toBe('')
})

test('a cluster that requires client certificates refuses clients without one', async () => {
  const [server, clientOwn] = [selfSignedCertificate(), selfSignedCertificate()]
  const tls = { ...server, ca: clientOwn.cert }
  await using cluster = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, tls })
  using without = new RawClient(cluster, trusting(server.cert))
  await expect(without.login()).rejects.toMatchObject({ code: 14 })
  const shown = credentials.createSsl(Buffer.from(server.cert), Buffer.from(clientOwn.key), Buffer.from(clientOwn.cert))
  using withOne = new RawClient(cluster, shown)
  await expect(withOne.login()).resolves.not.toBe('')
})

test('a cluster without TLS refuses to change its certificate', async () => {
  await using cluster = await startCluster({ mode: 'in-process', rows: 1, adminPort: false })
  expect(() => cluster.useCertificate(selfSignedCertificate())).toThrow('started without TLS')
})
