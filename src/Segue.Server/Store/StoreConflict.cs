namespace Segue.Server.Store;

/// <summary>What is said of a write that found something else than it was decided from.</summary>
internal static class StoreConflict
{
    /// <param name="found">The key's version, 0 where there is none.</param>
    public static string Of(string key, long found, long expected) =>
        $"{key} {(found == 0 ? "does not exist" : $"has version {found}")}, not {(expected == 0 ? "absent" : $"version {expected}")}.";

    public static string Over(StoreSession session) => $"Session {session.Id} is over.";
}
