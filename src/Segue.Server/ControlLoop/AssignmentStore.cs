using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Segue.Core.Leadership;
using Segue.Core.Model;
using Segue.Server.Store;

namespace Segue.Server.ControlLoop;

/// <summary>Reads and writes the assignment, one operation after the other, off the control loop (I4, I8).</summary>
internal sealed class AssignmentStore(string cluster, IStore store, TimeProvider time, Action<ConductorInput> tell)
{
    /// <summary>Others may end at the same moment.</summary>
    private const int LeaveTries = 5;

    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    private readonly StoredValue<Assignment> _stored = new($"assignment/{cluster}", store, AssignmentJson.Default.Assignment, time);

    /// <param name="question">Comes back with the answer.</param>
    public void Read(long question) => _work.Writer.TryWrite(new Work(null, question));

    public void Write(Assignment assignment) => _work.Writer.TryWrite(new Work(assignment, 0));

    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var (assignment, question) in _work.Reader.ReadAllAsync(cancellation))
        {
            if (assignment is null)
                tell(new ConductorInput.Read(await _stored.ReadAsync(cancellation), question));
            else
                await WriteAsync(assignment, cancellation);
        }
    }

    /// <summary>This member sends no more: its name is taken out of the list, so that nobody who comes later waits for it (R1.6). Only when nothing else is written here.</summary>
    public async Task LeaveAsync(string member, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience, time);
        try
        {
            for (var tries = 0; tries < LeaveTries; tries++)
            {
                var (stored, problem) = await _stored.TryReadAsync(deadline.Token);
                if (problem is not null || stored?.Without(member) is not { } without || await TryWriteAsync(without, deadline.Token) is null)
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // the name stays, as that of one that was killed
        }
    }

    private async Task WriteAsync(Assignment assignment, CancellationToken cancellation)
    {
        var problem = await TryWriteAsync(assignment, cancellation);
        // a refused decision is taken anew at once: a store that reads but cannot write must not make that a hot loop
        if (problem is not null)
            await Task.Delay(StoredValue<Assignment>.RetryAfter, time, cancellation);
        tell(problem is null ? new ConductorInput.WriteConfirmed(assignment) : new ConductorInput.WriteFailed(assignment, problem));
    }

    /// <summary>Why it was not written, or null. The epoch tells whether what is stored is older than what is to be written; one epoch is one decision (R1.5).</summary>
    private Task<string?> TryWriteAsync(Assignment assignment, CancellationToken cancellation) => _stored.TryWriteAsync(
        assignment,
        stored => stored.Epoch > assignment.Epoch || stored.Epoch == assignment.Epoch && !stored.IsSameDecision(assignment) ? $"epoch {stored.Epoch} is stored already" : null,
        cancellation);

    private readonly record struct Work(Assignment? Assignment, long Question);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Assignment))]
internal sealed partial class AssignmentJson : JsonSerializerContext
{
    public static Assignment? Read(ReadOnlyMemory<byte> stored) => JsonSerializer.Deserialize(stored.Span, Default.Assignment);
}
