namespace Segue.Server.Store;

/// <summary>Why the data directory or the store cannot be used; the message names the file and says what to do.</summary>
public sealed class StoreStartException : Exception
{
    public StoreStartException(string message)
        : base(message)
    {
    }

    public StoreStartException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
