from __future__ import annotations

import pytest

from regplan.profile.scheduling import surge_of
from regplan.profile.tree import parse_documents


@pytest.mark.parametrize(
    ("text", "replicas", "surge"),
    [
        ("{kind: Deployment, spec: {strategy: {rollingUpdate: {maxSurge: 30%}}}}", 4, 2),
        ("{kind: Deployment, spec: {strategy: {rollingUpdate: {maxSurge: '30%'}}}}", 10, 3),
        ("{kind: Deployment, spec: {strategy: {rollingUpdate: {maxSurge: 3}}}}", 1, 3),
        ("{kind: Deployment, spec: {strategy: {rollingUpdate: {maxSurge: 0}}}}", 9, 0),
        ("{kind: Deployment, spec: {strategy: {type: Recreate}}}", 9, 0),
        ("{kind: Deployment, spec: {}}", 9, None),
        ("{kind: Deployment, spec: {strategy: {rollingUpdate: {maxSurge: '{{ .many }}'}}}}", 9, None),
        ("{kind: Deployment, spec: {strategy: {rollingUpdate: {maxSurge: 25%}}}}", None, None),
        ("{kind: StatefulSet, spec: {}}", 9, 0),
    ],
)
def test_a_deployment_says_how_many_pods_come_on_top_while_it_is_rolled(
    text: str, replicas: int | None, surge: int | None
) -> None:
    (document,) = parse_documents(text)

    assert surge_of(document, replicas) == surge
