namespace Segue.Server.Probing;

internal static class AuthenticationProbe
{
    /// <returns>Why the coordinator must not be used, or null.</returns>
    public static Task<string?> JudgeAsync(CancellationToken stop) => Task.FromResult<string?>(null);
}
