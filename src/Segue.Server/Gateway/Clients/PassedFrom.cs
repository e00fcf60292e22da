namespace Segue.Server.Gateway.Clients;

/// <summary>What another member that passed a client's request on saw of that client; a feature of the request.</summary>
/// <param name="Scheme">Of the address that the client talks to.</param>
/// <param name="Host">Of the same.</param>
/// <param name="For">The client's own address, or the chain of <c>X-Forwarded-For</c>.</param>
/// <param name="Body">SHA-256 of the statement that it carries, as hexadecimal digits; empty where it carries none.</param>
internal sealed record PassedFrom(string Scheme, string Host, string For, string Body = "");
