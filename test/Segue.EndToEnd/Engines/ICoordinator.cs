using Segue.Server.Tests.Store.Servers;

namespace Segue.EndToEnd.Engines;

/// <summary>A coordinator that can die and come back on the same address, real or rehearsed.</summary>
internal interface ICoordinator : IAsyncDisposable
{
    Host Host { get; }

    Uri Uri { get; }

    /// <summary>As the status names it.</summary>
    string Name => Uri.Authority;

    /// <summary>With SIGKILL.</summary>
    Task KillAsync();

    /// <summary>Brings it back: a new process that remembers nothing. Returns before it is ready.</summary>
    Task RestartAsync();
}
