using System.Reflection;

namespace Segue.Server;

/// <summary>What this program is, as it says it everywhere.</summary>
public static class SegueVersion
{
    /// <summary>For example <c>0.1.0</c>; the commit behind a <c>+</c> is left out.</summary>
    public static readonly string Current =
        typeof(SegueVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
