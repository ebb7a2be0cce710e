"""The way to a server, encrypted, which can be cut."""

import asyncio
import ssl

import trustme


class Relay:
    def __init__(self, port, authority):
        """Writes the certificate of its authority to this file."""
        self.target, self.port, self.server, self.writers = port, 0, None, set()
        # What it takes in each direction, in seconds.
        self.delay = 0
        maker = trustme.CA()
        maker.cert_pem.write_to_path(authority)
        self.encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        maker.issue_cert("127.0.0.1").configure_cert(self.encryption)

    async def mend(self):
        self.server = await asyncio.start_server(self.connect, "127.0.0.1", self.port, ssl=self.encryption)
        self.port = self.server.sockets[0].getsockname()[1]

    async def cut(self):
        """Nobody gets through, and whoever is connected is cut off."""
        self.server.close()
        for writer in list(self.writers):
            writer.transport.abort()

    async def connect(self, reader, writer):
        there = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.pass_on(reader, there[1]), self.pass_on(there[0], writer))

    async def pass_on(self, reader, writer):
        self.writers.add(writer)
        try:
            while read := await reader.read(1 << 16):
                await asyncio.sleep(self.delay)
                writer.write(read)
                await writer.drain()
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()
