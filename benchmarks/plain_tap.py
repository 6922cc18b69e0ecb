"""What a user would write instead: a plain singer-sdk `RESTStream` over the same job results.

It follows the SDK's own template: a declared schema, a JSONPath for records and cursor, the SDK's
paging, conformance and writing. It asks for the same pages in the same windows, one after the other.

    python benchmarks/plain_tap.py CONFIG.json
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import OAuthAuthenticator
from singer_sdk.pagination import JSONPathPaginator

JOBS = "/api/v2/analytics/conversations/details/jobs"


def fields(kind: type[th.JSONTypeHelper[Any]] | th.JSONTypeHelper[Any], names: str) -> list[th.Property[Any]]:
    """Properties of one type."""
    return [th.Property(name, kind) for name in names.split()]


STRINGS = th.ArrayType(th.StringType)
ANYTHING = th.ObjectType(additional_properties=True)

# The fields of a conversation as the official SDK's models list them (fact sheet, section 6.1).
SEGMENT = th.ObjectType(
    *fields(
        th.StringType, "segmentType disconnectType queueId groupId wrapUpCode wrapUpNote errorCode subject"
    ),
    *fields(th.StringType, "requestedLanguageId destinationConversationId destinationSessionId"),
    *fields(th.StringType, "sourceConversationId sourceSessionId"),
    *fields(th.DateTimeType, "segmentStart segmentEnd"),
    *fields(th.BooleanType, "conference audioMuted videoMuted"),
    *fields(STRINGS, "wrapUpTags requestedRoutingSkillIds requestedRoutingUserIds"),
    *fields(th.ArrayType(th.IntegerType), "sipResponseCodes q850ResponseCodes"),
    *fields(th.ArrayType(ANYTHING), "scoredAgents properties"),
)
METRIC = th.ObjectType(
    *fields(th.StringType, "name"), *fields(th.IntegerType, "value"), *fields(th.DateTimeType, "emitDate")
)
OUTCOME = th.ObjectType(
    *fields(th.StringType, "flowOutcomeId flowOutcomeValue flowOutcome"),
    *fields(th.DateTimeType, "flowOutcomeStartTimestamp flowOutcomeEndTimestamp"),
)
FLOW = th.ObjectType(
    *fields(th.StringType, "flowId flowName flowVersion flowType entryReason entryType exitReason"),
    *fields(th.StringType, "transferType transferTargetAddress transferTargetName startingLanguage"),
    *fields(th.StringType, "endingLanguage recognitionFailureReason"),
    *fields(th.BooleanType, "issuedCallback"),
    *fields(th.ArrayType(OUTCOME), "outcomes"),
)
MEDIA = th.ObjectType(
    *fields(STRINGS, "codecs"),
    *fields(th.NumberType, "minMos minRFactor maxLatencyMs receivedPackets discardedPackets overrunPackets"),
    *fields(th.NumberType, "invalidPackets duplicatePackets underrunPackets"),
    *fields(th.DateTimeType, "eventTime"),
)
SESSION = th.ObjectType(
    *fields(th.StringType, "sessionId mediaType messageType direction provider peerId ani dnis sessionDnis"),
    *fields(th.StringType, "addressFrom addressTo addressSelf addressOther remote remoteNameDisplayable"),
    *fields(th.StringType, "flowInType flowOutType agentAssistantId assignerId routingRule routingRuleType"),
    *fields(th.StringType, "usedRouting selectedAgentId deliveryStatus mediaBridgeId monitoredParticipantId"),
    *fields(th.StringType, "coachedParticipantId bargedParticipantId screenMonitoredUserId callbackUserName"),
    *fields(th.StringType, "dispositionAnalyzer dispositionName outboundCampaignId outboundContactId"),
    *fields(th.StringType, "outboundContactListId journeyCustomerId journeyCustomerIdType scriptId edgeId"),
    *fields(th.StringType, "journeyCustomerSessionId journeyCustomerSessionIdType journeyActionId"),
    *fields(th.StringType, "journeyActionMapId protocolCallId roomId errorCodeDescription"),
    *fields(th.DateTimeType, "callbackScheduledTime deliveryStatusChangeDate detectedSpeechStart"),
    *fields(th.DateTimeType, "detectedSpeechEnd"),
    *fields(th.IntegerType, "agentBullseyeRing routingRing selectedAgentRank mediaCount timeoutSeconds"),
    *fields(th.BooleanType, "recording acwSkipped authenticated cleared agentOwned skipEnabled"),
    *fields(STRINGS, "cc bcc requestedRoutings activeSkillIds removedSkillIds callbackNumbers"),
    *fields(STRINGS, "destinationAddresses"),
    *fields(
        th.ArrayType(ANYTHING), "proposedAgents agentGroups eligibleAgentCounts waitingInteractionCounts"
    ),
    *fields(FLOW, "flow"),
    *fields(th.ArrayType(MEDIA), "mediaEndpointStats"),
    *fields(th.ArrayType(METRIC), "metrics"),
    *fields(th.ArrayType(SEGMENT), "segments"),
)
PARTICIPANT = th.ObjectType(
    *fields(th.StringType, "participantId participantName purpose userId externalContactId"),
    *fields(th.StringType, "externalOrganizationId teamId flaggedReason"),
    *fields(th.BooleanType, "screenRecording"),
    *fields(ANYTHING, "attributes"),
    *fields(th.ArrayType(SESSION), "sessions"),
)


class Login(OAuthAuthenticator):
    """Client credentials."""

    @property
    def oauth_request_body(self) -> dict[str, Any]:
        """The form of the login."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.config["client_id"],
            "client_secret": self.config["client_secret"],
        }


class Conversations(RESTStream[str]):
    """Conversations of one job, page by page."""

    name = "conversations"
    path = JOBS + "/{job_id}/results"
    primary_keys = ("conversationId",)
    records_jsonpath = "$.conversations[*]"
    schema = th.PropertiesList(
        *fields(th.StringType, "conversationId originatingDirection conversationInitiator externalTag"),
        *fields(th.StringType, "associatedConversationId"),
        *fields(th.DateTimeType, "conversationStart conversationEnd conferenceStart inactivityTimeout"),
        *fields(th.BooleanType, "customerParticipation originatingSocialMediaPublic selfServed"),
        *fields(th.NumberType, "mediaStatsMinConversationMos mediaStatsMinConversationRFactor"),
        *fields(STRINGS, "divisionIds accessAttributes consultationConversationIds knowledgeBaseIds"),
        *fields(th.ArrayType(ANYTHING), "evaluations surveys resolutions"),
        *fields(th.ArrayType(PARTICIPANT), "participants"),
    ).to_dict()

    @property
    def url_base(self) -> str:
        """Address of the API."""
        return str(self.config["api_url"])

    @cached_property
    def authenticator(self) -> Login:
        """Log in once."""
        return Login(self, auth_endpoint=f"{self.config['login_url']}/oauth/token")

    def get_new_paginator(self) -> JSONPathPaginator:
        """Follow the cursor."""
        return JSONPathPaginator("$.cursor")

    def get_url_params(self, context: Any, next_page_token: str | None) -> dict[str, Any]:  # noqa: ANN401, ARG002
        """Ask for full pages."""
        return {"pageSize": 1000} | ({"cursor": next_page_token} if next_page_token else {})

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:  # noqa: ANN401, ARG002
        """Submit the job, wait for it, read it."""
        self.authenticator.update_access_token()
        headers = {"Authorization": f"Bearer {self.authenticator.access_token}"}
        address = self.url_base + JOBS
        query = {"interval": self.config["interval"]}
        job_id = requests.post(address, json=query, headers=headers, timeout=60).json()["jobId"]
        while requests.get(f"{address}/{job_id}", headers=headers, timeout=60).json()["state"] != "FULFILLED":
            time.sleep(0.05)
        yield from self.request_records({"job_id": job_id})


class PlainTap(Tap):
    """One stream."""

    name = "plain-tap"
    config_jsonschema = th.PropertiesList(
        th.Property("api_url", th.StringType),
        th.Property("login_url", th.StringType),
        th.Property("client_id", th.StringType),
        th.Property("client_secret", th.StringType),
        th.Property("interval", th.StringType),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """The stream."""
        return [Conversations(self)]


if __name__ == "__main__":
    PlainTap(config=json.loads(Path(sys.argv[1]).read_text())).sync_all()
