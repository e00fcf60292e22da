using Microsoft.Extensions.Logging;

namespace Segue.Server.Store;

/// <summary>Says once that a store fails, and once that it works again.</summary>
internal sealed class StoreHealth(string store, ILogger logger)
{
    private string? _trouble;

    public void Works()
    {
        if (Interlocked.Exchange(ref _trouble, null) is not null)
            logger.StoreWorksAgain(store);
    }

    public void Fails(string detail)
    {
        if (Interlocked.Exchange(ref _trouble, detail) is null)
            logger.StoreFailed(null, store, detail);
    }
}
