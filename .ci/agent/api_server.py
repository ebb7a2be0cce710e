"""An API server: kmock, and what it leaves out for brevity and lets its users add.

That is: versions of objects, with the conflict if an older one is to be changed; field selectors; and that a watch goes on
where a list or an earlier watch ended. Watches can be made to expire.
"""

import asyncio
import collections
import itertools
import json
import uuid

import kmock
import rights
from kmock._internal import aiobus

NODES = kmock.resource("", "v1", "nodes")
PODS = kmock.resource("", "v1", "pods")
CONFIG_MAPS = kmock.resource("", "v1", "configmaps")
LEASES = kmock.resource("coordination.k8s.io", "v1", "leases")
EVENTS = kmock.resource("events.k8s.io", "v1", "events")


class Log(aiobus.Bus):
    """The changes of one kind of objects, which are kept."""

    def __init__(self, versions):
        super().__init__()
        self.versions, self.changes = versions, []

    async def put(self, *changes):
        for change in changes:
            if change["type"] == "DELETED":
                there = change["object"]
                change["object"] = {**there, "metadata": {**there["metadata"], "resourceVersion": str(next(self.versions))}}
            if change["type"] != "ERROR":
                self.changes.append(change)
        await super().put(*changes)

    def since(self, version):
        """The changes after this version, or `None` if it is no version of this server."""
        if not version.isdigit():
            return None
        return [change for change in self.changes if int(change["object"]["metadata"]["resourceVersion"]) > int(version)]


class ApiServer(kmock.KubernetesEmulator):
    """The objects, and who asked for what."""

    has_events = True

    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        self.versions = itertools.count(1)
        self.turn = asyncio.Lock()
        for resource in (NODES, PODS, CONFIG_MAPS, LEASES, EVENTS):
            self._buses[resource] = Log(self.versions)
        self.counts = collections.Counter()
        self.conflicts = 0
        # Changes of nodes and leases with these names that say this are refused.
        self.refused = {}
        # Lists and watches in these namespaces or with these selectors fail with these codes.
        self.unwatched = {}
        # What the agents asked.
        self.asked = set()
        for resource in (NODES, PODS, CONFIG_MAPS, LEASES, EVENTS):
            self.resources[resource] = kmock.ResourceInfo(namespaced=resource is not NODES)

    async def _handle(self, request):
        self.counts[request.action and request.action.value] += 1
        if not request.headers.get("User-Agent", "").startswith("kmock"):
            self.asked.add(rights.of_request(request))
        if request.action in (kmock.action.LIST, kmock.action.WATCH):
            for of in (request.namespace, request.params.get("fieldSelector")):
                if of in self.unwatched:
                    raise kmock.KubernetesError(self.unwatched[of], "Failure", "this can't be watched now")
        if request.action == kmock.action.WATCH:
            return await super()._handle(request)
        async with self.turn:
            try:
                if request.action == kmock.action.UPDATE and self.refuses(request):
                    raise kmock.KubernetesError(422, "Invalid", "a rule of this cluster refuses it")
                if request.action in (kmock.action.CREATE, kmock.action.UPDATE):
                    self.give_version(request)
                return await super()._handle(request)
            finally:
                self.forget(request)

    def refuses(self, request):
        text = self.refused.get(request.name)
        return request.resource in (NODES, LEASES) and text and text in json.dumps(request.data)

    def forget(self, request):
        """kmock goes through all requests that it remembers to find what answers one."""
        self._requests[:] = [other for other in self._requests if other is not request]

    def give_version(self, request):
        metadata = request.data.setdefault("metadata", {})
        if request.action == kmock.action.CREATE:
            metadata["uid"] = str(uuid.uuid4())
        else:
            key = (request.resource, request.namespace, request.name)
            there = self.objects[key] if key in self.objects else None
            wanted = metadata.get("resourceVersion")
            if wanted and there and wanted != there.raw["metadata"]["resourceVersion"]:
                self.conflicts += 1
                raise kmock.KubernetesError(409, "Conflict", "the object has been modified")
        metadata["resourceVersion"] = str(next(self.versions))

    # The answers of kmock's own, with the selectors.
    def _KubernetesEmulator__check(self, request, resource, namespace, name, strict):
        if resource != request.resource or request.namespace not in (namespace, None if not strict else namespace):
            return False
        if request.name not in (None, name):
            return False
        field, _, value = request.params.get("fieldSelector", "").partition("=")
        if field == "metadata.name":
            return name == value
        if field == "spec.nodeName":
            return self.objects[resource, namespace, name].last.raw["spec"]["nodeName"] == value
        return True

    async def _serve_list(self, request):
        version = str(next(self.versions))
        return {**await super()._serve_list(request), "metadata": {"resourceVersion": version}}

    async def _serve_watch(self, request):
        self.forget(request)
        log = self._buses[request.resource]
        mark = await log.mark()
        changes = log.since(request.params.get("resourceVersion", ""))
        if changes is None:
            objects = self._KubernetesEmulator__get_objs(request, strict=False)
            changes = [{"type": "ADDED", "object": found.raw} for found in objects if not found.deleted]
        try:
            yield b""
            for change in changes:
                if self.is_for(request, change):
                    yield change
            async for change in log.stream(since=mark):
                if self.is_for(request, change):
                    yield change
        finally:
            await log.unmark(mark)

    def is_for(self, request, change):
        if change["type"] == "ERROR":
            return change["of"] in (None, request.namespace, request.params.get("fieldSelector"))
        metadata = change["object"].get("metadata", {})
        place = (metadata.get("namespace"), metadata.get("name"))
        return self._KubernetesEmulator__check(request, request.resource, *place, strict=False)

    async def expire_watches(self, of=None):
        """All, or those in this namespace or with this selector."""
        gone = {"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old resource version"}
        for log in self._buses.values():
            await log.put({"type": "ERROR", "object": gone, "of": of})

    # What people and other programs do.
    def find(self, resource, namespace, name):
        key = (resource, namespace, name)
        return self.objects[key].raw if key in self.objects and not self.objects[key].deleted else None

    def all(self, resource):
        return [found.raw for (kind, _, _), found in self.objects.items() if kind == resource and not found.deleted]

    async def create(self, resource, namespace, name, **fields):
        metadata = {"name": name, **fields.pop("metadata", {})}
        if namespace:
            metadata["namespace"] = namespace
        await self.change("post", resource, namespace, None, {"metadata": metadata, **fields})

    async def patch(self, resource, namespace, name, **fields):
        await self.change("patch", resource, namespace, name, fields)

    async def delete(self, resource, namespace, name):
        await self.change("delete", resource, namespace, name, None)

    async def change(self, method, resource, namespace, name, data):
        """By the same way as everybody."""
        root = f"apis/{resource.group}" if resource.group else "api"
        parts = [root, resource.version, *(["namespaces", namespace] if namespace else []), resource.plural, name]
        path = "/".join(part for part in parts if part)
        async with self.servers[0].client.request(method, f"/{path}", json=data) as answer:
            assert answer.status < 300, await answer.text()
