using Segue.Server.Members;
using Segue.Server.Members.Passing;

namespace Segue.Server.Gateway.Owners;

/// <summary>The deployment's other members, where there may be any.</summary>
/// <param name="Session">This member's session with the store, new whenever one had run out; null while it has none.</param>
internal sealed record OtherMembers(IMemberList List, PassSender Pass, Func<long?> Session);
