// A PostgreSQL with pgvector, in memory, on a port of its own, which it prints. It ends with its standard input.
// All connections share one session of PostgreSQL, so they must be used one at a time.
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { vector } })
const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 16 })
server.addEventListener('listening', event => console.log(event.detail.port))
await server.start()
process.stdin.resume().on('end', () => process.exit())
