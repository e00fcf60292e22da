namespace Segue.Server.Store;

/// <summary>One thing asked of the embedded store; its answer is given only after the commit of all it ran with.</summary>
internal abstract class StoreOperation
{
    public abstract void Run(StoreTables tables);

    public abstract void Finish();

    public abstract void Fail(string detail);
}

/// <inheritdoc/>
internal sealed class StoreOperation<T>(Func<StoreTables, StoreResult<T>> work, CancellationToken cancellation) : StoreOperation
{
    private readonly TaskCompletionSource<StoreResult<T>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreResult<T> _result;

    public Task<StoreResult<T>> Answer => _answer.Task;

    public override void Run(StoreTables tables) => _result = cancellation.IsCancellationRequested
        ? new StoreResult<T>(default!, StoreError.Unavailable, "Given up before it began.")
        : work(tables);

    public override void Finish() => _answer.TrySetResult(_result);

    public override void Fail(string detail) => _answer.TrySetResult(new StoreResult<T>(default!, StoreError.Unavailable, detail));
}
