using FaceId.Application.Common.Security;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.Infrastructure.Jobs;

/// <summary>Runs every job in a scope of its own, on behalf of the server itself.</summary>
internal sealed class JobScopes(IServiceScopeFactory scopes) : JobActivator
{
    public override JobActivatorScope BeginScope(JobActivatorContext context)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ScopeCaller>().Caller = SystemCaller.Instance;
        return new Scope(scope);
    }

    private sealed class Scope(AsyncServiceScope scope) : JobActivatorScope
    {
        public override object Resolve(Type type) => scope.ServiceProvider.GetRequiredService(type);

        // Hangfire knows no asynchronous end.
        public override void DisposeScope() => scope.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
