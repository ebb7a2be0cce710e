"""Compares what the agents asked with what the manifest allows them: nothing is missing, and nothing is too much."""

import subprocess

import yaml


def manifest(kubectl, folder):
    """The objects that a kustomization gives."""
    said = subprocess.run([kubectl, "kustomize", folder], check=True, capture_output=True, text=True)
    return list(yaml.safe_load_all(said.stdout))


def allowed(objects):
    """Verb, resource, namespace and name for each right; namespace and name may be any."""
    for role in objects:
        if role["kind"] in ("Role", "ClusterRole"):
            for rule in role["rules"]:
                for verb in rule["verbs"]:
                    for group in rule["apiGroups"]:
                        for resource in rule["resources"]:
                            for name in rule.get("resourceNames", [None]):
                                yield verb, f"{resource}.{group}", role["metadata"].get("namespace"), name


def of_request(request):
    verbs = {"fetch": "get", "update": "patch"}
    verb = verbs.get(request.action.value.lower(), request.action.value.lower())
    resource = f"{request.resource.plural}.{request.resource.group}"
    field, _, value = request.params.get("fieldSelector", "").partition("=")
    name = request.name or (value if field == "metadata.name" else None)
    return verb, resource, request.namespace, name


def compare(asked, objects):
    rights = set(allowed(objects))

    def covers(right, request):
        return all(part is None or part == wanted for part, wanted in zip(right, request))

    missing = {request for request in asked if not any(covers(right, request) for right in rights)}
    unused = {right for right in rights if not any(covers(right, request) for request in asked)}
    # The file of layouts is watched; to read it anew is a right that goes with it.
    unused = {right for right in unused if right[:2] != ("get", "configmaps.")}
    print(f"{len(asked)} kinds of requests, {len(rights)} rights; missing: {missing or 'none'}; unused: {unused or 'none'}")
    return not missing and not unused
