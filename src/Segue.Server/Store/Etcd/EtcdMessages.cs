using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Segue.Server.Store.Etcd;

// what passes through etcd's JSON gateway, as far as it is used; etcd leaves out what is zero or empty

internal sealed record EtcdHeader(long Revision);

internal sealed record EtcdKeyValue(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, long ModRevision);

internal sealed record RangeRequest(ReadOnlyMemory<byte> Key)
{
    public ReadOnlyMemory<byte>? RangeEnd { get; init; }

    public long? Limit { get; init; }

    public long? Revision { get; init; }
}

internal sealed record RangeResponse(EtcdHeader Header, ImmutableArray<EtcdKeyValue>? Kvs, bool More);

internal sealed record EtcdCompare(ReadOnlyMemory<byte> Key, long ModRevision)
{
    public string Target { get; init; } = "MOD";

    public string Result { get; init; } = "EQUAL";
}

internal sealed record PutRequest(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, long? Lease);

internal sealed record EtcdOperation
{
    public PutRequest? RequestPut { get; init; }

    public RangeRequest? RequestDeleteRange { get; init; }

    public RangeRequest? RequestRange { get; init; }
}

internal sealed record TxnRequest(ImmutableArray<EtcdCompare> Compare, ImmutableArray<EtcdOperation> Success, ImmutableArray<EtcdOperation> Failure);

internal sealed record TxnResponse(EtcdHeader Header, bool Succeeded, ImmutableArray<OperationResponse>? Responses);

internal sealed record OperationResponse(RangeResponse? ResponseRange);

internal sealed record LeaseRequest
{
    [JsonPropertyName("ID")]
    public long? Id { get; init; }

    [JsonPropertyName("TTL")]
    public long? Ttl { get; init; }
}

internal sealed record LeaseResponse
{
    [JsonPropertyName("ID")]
    public long Id { get; init; }

    /// <summary>In seconds; 0 where there is no such lease.</summary>
    [JsonPropertyName("TTL")]
    public long Ttl { get; init; }
}

internal sealed record KeepAliveResponse(LeaseResponse? Result, EtcdError? Error);

internal sealed record AuthenticateRequest(string Name, string Password);

internal sealed record AuthenticateResponse(string Token);

internal sealed record WatchRequest(WatchCreation CreateRequest);

internal sealed record WatchCreation(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> RangeEnd, long? StartRevision)
{
    public bool ProgressNotify { get; init; } = true;
}

internal sealed record WatchLine(WatchResponse? Result, EtcdError? Error);

internal sealed record WatchResponse(EtcdHeader Header, bool Created, bool Canceled, string? CancelReason, long CompactRevision, ImmutableArray<EtcdEvent>? Events);

/// <param name="Type"><c>DELETE</c>, or null for a put.</param>
internal sealed record EtcdEvent(string? Type, EtcdKeyValue Kv);

internal sealed record EtcdError(int Code, int GrpcCode, string? Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(RangeRequest))]
[JsonSerializable(typeof(RangeResponse))]
[JsonSerializable(typeof(TxnRequest))]
[JsonSerializable(typeof(TxnResponse))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseResponse))]
[JsonSerializable(typeof(KeepAliveResponse))]
[JsonSerializable(typeof(AuthenticateRequest))]
[JsonSerializable(typeof(AuthenticateResponse))]
[JsonSerializable(typeof(WatchRequest))]
[JsonSerializable(typeof(WatchLine))]
[JsonSerializable(typeof(EtcdError))]
internal sealed partial class EtcdJson : JsonSerializerContext;
