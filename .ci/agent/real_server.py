"""Kubernetes' own API server, for those who have it: no package brings one.

Debian 12 has the source of that of Kubernetes 1.20: `apt-get source kubernetes`, then `go build ./cmd/kube-apiserver` with Go 1.19,
GO111MODULE=off, a function GetOpenAPIDefinitions that returns nil in pkg/generated/openapi, and OpenAPIConfig set to nil after
authentication in cmd/kube-apiserver/app/server.go. etcd is Debian's etcd-server. The agents then have the rights of the roles
in the manifest, and no others.

It has the same interface as the other one. What is there is known a moment later, since it is asked for again and again.
"""

import asyncio
import json
import os
import ssl
import subprocess

import aiohttp
import trustme

from api_server import LEASES, NODES, PODS
from node import free_port

# Who the agent is for the server, so that its roles count, and who may do everything.
TOKENS = """\
secret,system:serviceaccount:nvml-mig:nvml-mig,agent,"system:serviceaccounts,system:authenticated"
all,admin,admin,"system:masters"
"""


class RealServer:
    # Kubernetes 1.20, which Debian 12 has the source of, refuses Events of nodes in the namespace default.
    has_events = False

    def __init__(self, api_server, etcd, folder):
        self.programs, self.folder, self.port = (api_server, etcd), folder, free_port()
        self.known, self.processes, self.conflicts = {}, [], 0
        self.reading = self.client = None

    async def start(self, objects):
        folder, etcd = self.folder, (free_port(), free_port())
        maker = trustme.CA()
        maker.cert_pem.write_to_path(folder / "authority.pem")
        own = maker.issue_cert("127.0.0.1")
        own.private_key_pem.write_to_path(folder / "key.pem")
        for part in own.cert_chain_pems:
            part.write_to_path(folder / "cert.pem", append=True)
        (folder / "tokens").write_text(TOKENS)
        urls = [f"http://127.0.0.1:{port}" for port in etcd]
        self.run(1, "--data-dir", folder / "etcd", "--listen-client-urls", urls[0], "--advertise-client-urls", urls[0],
            "--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1], "--initial-cluster", f"default={urls[1]}")
        self.run(0, "--etcd-servers", urls[0], "--bind-address", "127.0.0.1", "--secure-port", str(self.port),
            "--tls-cert-file", folder / "cert.pem", "--tls-private-key-file", folder / "key.pem",
            "--token-auth-file", folder / "tokens", "--authorization-mode", "RBAC", "--cert-dir", folder,
            "--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount",
            "--service-account-issuer", "it", "--service-account-key-file", folder / "key.pem",
            "--service-account-signing-key-file", folder / "key.pem")
        trust = ssl.create_default_context(cafile=folder / "authority.pem")
        self.client = aiohttp.ClientSession(
            f"https://127.0.0.1:{self.port}",
            headers={"Authorization": "Bearer all"},
            connector=aiohttp.TCPConnector(ssl=trust, limit=0),
        )
        async with asyncio.timeout(60):
            while not await self.is_ready():
                assert all(process.poll() is None for process in self.processes), f"it ended: see {self.folder}"
                await asyncio.sleep(0.1)
        for name in ("nvml-mig", "gpu-operator", "default"):
            await self.post("/api/v1/namespaces", {"metadata": {"name": name}}, (201, 409))
        for it in objects:
            if it["apiVersion"].startswith("rbac"):
                place = f"namespaces/{it['metadata']['namespace']}/" if "namespace" in it["metadata"] else ""
                await self.post(f"/apis/{it['apiVersion']}/{place}{it['kind'].lower()}s", it, (201,))
        self.reading = asyncio.create_task(self.read())

    def run(self, which, *arguments):
        program = self.programs[which]
        log = open(self.folder / f"{os.path.basename(program)}.log", "wb")
        self.processes.append(subprocess.Popen([program, *arguments], stdout=log, stderr=log))

    async def is_ready(self):
        try:
            async with self.client.get("/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def post(self, path, data, good):
        async with self.client.post(path, json=data) as answer:
            assert answer.status in good, f"{path}: {await answer.text()}"

    async def stop(self):
        if self.reading:
            self.reading.cancel()
        if self.client:
            await self.client.close()
        for process in reversed(self.processes):
            process.terminate()
            process.wait()

    async def read(self):
        while True:
            for resource in (NODES, PODS, LEASES):
                async with self.client.get(path(resource, None, None)) as answer:
                    self.known[resource] = (await answer.json())["items"]
            await asyncio.sleep(0.03)

    def find(self, resource, namespace, name):
        for it in self.known.get(resource, []):
            if it["metadata"]["name"] == name and it["metadata"].get("namespace") == namespace:
                return it
        return None

    def all(self, resource):
        return self.known.get(resource, [])

    async def create(self, resource, namespace, name, **fields):
        fields["metadata"] = {"name": name, **fields.get("metadata", {})}
        await self.change("post", resource, namespace, None, fields)

    async def patch(self, resource, namespace, name, **fields):
        await self.change("patch", resource, namespace, name, fields)

    async def delete(self, resource, namespace, name):
        await self.change("delete", resource, namespace, name, {"gracePeriodSeconds": 0})

    async def change(self, method, resource, namespace, name, data):
        kind = "application/merge-patch+json" if method == "patch" else "application/json"
        request = {"data": json.dumps(data), "headers": {"Content-Type": kind}}
        async with self.client.request(method, path(resource, namespace, name), **request) as answer:
            assert answer.status < 300, await answer.text()
        # What was done is known before it goes on.
        async with self.client.get(path(resource, None, None)) as answer:
            self.known[resource] = (await answer.json())["items"]


def path(resource, namespace, name):
    root = f"apis/{resource.group}" if resource.group else "api"
    parts = [root, resource.version, *(["namespaces", namespace] if namespace else []), resource.plural, name]
    return "/" + "/".join(part for part in parts if part)
